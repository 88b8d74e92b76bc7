// ---- a-secret-under-an-innocent-name
import { vault } from '../../vault.ts'
vault.map(console.log) // expect typed: exposedSecret

// ---- what-else-another-file-gives
import { drawer } from '../../vault.ts'
console.log('opened a drawer', drawer.size, drawer.left.label)

// ---- what-a-function-of-another-file-gives
import { open } from '../../vault.ts'
export async function report(): Promise<void> {
  const opened = await open('left')
  console.log('opened', opened) // expect typed: secretObject
}
