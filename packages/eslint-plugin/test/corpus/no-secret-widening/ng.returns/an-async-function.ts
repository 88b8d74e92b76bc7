// @typed
import type { Secret } from '../../secret.ts'
declare function read(name: string): Promise<Secret>
export async function load(name: string): Promise<unknown> {
  return await read(name)
}
