import { secret } from '../../secret.ts'
declare function connect(key: string): Promise<void>
export async function open() {
  try {
    await connect(secret.expose())
  } catch (error) {
    throw error
  }
}
