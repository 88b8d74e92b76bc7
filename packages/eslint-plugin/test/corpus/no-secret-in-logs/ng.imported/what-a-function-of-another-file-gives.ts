// @typed
import { open } from '../../vault.ts'
export async function report(): Promise<void> {
  const opened = await open('left')
  console.log('opened', opened)
}
