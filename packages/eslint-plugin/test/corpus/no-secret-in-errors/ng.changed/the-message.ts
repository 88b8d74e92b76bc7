import { secret } from '../../secret.ts'
export async function run(work: () => Promise<void>) {
  try {
    await work()
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message} (key ${secret.expose()})`
    throw error
  }
}
