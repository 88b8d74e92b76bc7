import { secret } from '../../secret.ts'
declare const camera: { capture(key: string): void; track(key: string): void }
camera.capture(secret.expose())
camera.track(secret.expose())
