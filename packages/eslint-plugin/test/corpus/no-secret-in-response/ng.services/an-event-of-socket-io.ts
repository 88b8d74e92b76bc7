import { secret } from '../../secret.ts'
import { Server } from 'socket.io'
const io = new Server(3000)
io.on('connection', (client) => {
  client.emit('settings', { key: secret.expose() })
})
