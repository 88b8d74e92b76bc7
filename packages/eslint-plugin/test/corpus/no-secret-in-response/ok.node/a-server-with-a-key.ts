import { secret } from '../../secret.ts'
import { createServer } from 'node:https'
createServer({ key: secret.expose() }, (req, res) => {
  res.end('ready')
}).listen(443)
