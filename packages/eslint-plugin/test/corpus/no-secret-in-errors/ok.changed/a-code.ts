import { secret } from '../../secret.ts'
export async function run(work: (key: string) => Promise<void>) {
  try {
    await work(secret.expose())
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message} (with ${secret.label})`
    throw error
  }
}
