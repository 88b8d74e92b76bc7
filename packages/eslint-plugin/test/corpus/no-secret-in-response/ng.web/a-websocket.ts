import { secret } from '../../secret.ts'
import { WebSocketServer } from 'ws'
const server = new WebSocketServer({ port: 8080 })
server.on('connection', (ws) => {
  ws.send(JSON.stringify({ key: secret.expose() }))
})
