import { buildContext } from './context.ts'

export const context = buildContext(process)
