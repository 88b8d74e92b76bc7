import { secret } from '../../secret.ts'
import { connect } from 'node:tls'
const socket = connect(8200, 'vault')
socket.write(secret.expose())
socket.end()
