import { secret } from '../../secret.ts'
const stop = new AbortController()
stop.abort(`rotating ${secret.label}`)
