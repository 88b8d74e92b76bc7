import { secret } from '../../secret.ts'
declare function open(): void
try {
  try {
    throw new Error(secret.expose())
  } catch {
    console.error('refused')
  }
  open()
} catch (error) {
  console.error(error)
}
