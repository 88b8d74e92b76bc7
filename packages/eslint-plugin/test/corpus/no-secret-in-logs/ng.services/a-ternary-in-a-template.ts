import { secret } from '../../secret.ts'
export const describeKey = (isVerbose: boolean) =>
  console.log(`key: ${isVerbose ? secret.expose() : secret.label}`)
