import { secret } from '../../secret.ts'
import { createServer } from 'node:https'
const server = createServer({ key: secret.expose(), cert: 'x' }, (req, res) => res.end())
server.listen(0, () => console.log('listening on', server.address()))
