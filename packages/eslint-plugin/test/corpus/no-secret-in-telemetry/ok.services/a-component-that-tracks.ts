import { secret } from '../../secret.ts'
import posthog from 'posthog-js'
declare function submit(key: string): Promise<{ ok: boolean }>
export async function onSubmit() {
  const { ok } = await submit(secret.expose())
  posthog.capture('submitted', { ok, characters: secret.expose().length })
}
