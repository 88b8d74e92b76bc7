// @reports kept
import type { Secret } from '../../secret.ts'
declare function load(): Promise<Secret>
export const password = await load().then((secret) => secret.expose())
