import { Type } from '@sinclair/typebox'

export const Settings = Type.Object({ SESSION_SECRET: Type.String({ minLength: 16 }) })
