import { secret } from '../../secret.ts'
import { io } from 'socket.io-client'
const socket = io('https://example.com', { auth: { key: secret.expose() } })
socket.emit('login', secret.expose())
