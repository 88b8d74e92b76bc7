import { Type } from '@sinclair/typebox'

export const Settings = Type.Object({
  SESSION_SECRET: Type.String({ minLength: 32 }),
  HOST: Type.String({ minLength: 1 }),
})
