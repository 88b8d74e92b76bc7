import { definition } from './the-definition.ts'
export const { name } = definition
