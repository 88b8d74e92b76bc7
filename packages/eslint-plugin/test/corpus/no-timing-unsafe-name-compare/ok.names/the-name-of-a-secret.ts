import { secretNames } from './names.ts'

export const isDeclared = (secretName: string) =>
  secretNames.includes(secretName) || secretName === secretNames[0]
