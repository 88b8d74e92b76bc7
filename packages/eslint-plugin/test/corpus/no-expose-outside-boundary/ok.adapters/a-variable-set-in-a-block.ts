import type { Secret } from '../../secret.ts'
declare function use(text: string): Promise<void>
export async function run(read: () => Promise<Secret>) {
  let text: string
  try {
    text = (await read()).expose()
  } catch {
    return
  }
  await use(text)
}
