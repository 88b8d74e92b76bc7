import type { Secret } from '../../secret.ts'
declare function withLock(run: () => Promise<void>): Promise<void>
declare function use(text: string): Promise<void>
export async function rotate(read: () => Promise<Secret>) {
  let text = ''
  await withLock(async () => {
    text = (await read()).expose()
  })
  await use(text)
}
