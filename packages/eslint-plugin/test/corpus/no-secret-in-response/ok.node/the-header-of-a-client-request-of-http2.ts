import { secret } from '../../secret.ts'
import { connect } from 'node:http2'
const session = connect('https://example.com')
const stream = session.request({ ':path': '/', authorization: secret.expose() })
stream.end()
