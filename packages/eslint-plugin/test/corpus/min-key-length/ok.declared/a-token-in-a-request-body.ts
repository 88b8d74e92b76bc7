import Fastify from 'fastify'

const app = Fastify()
const schema = {
  body: { type: 'object', properties: { token: { type: 'string', minLength: 1 } } },
}
app.post('/redeem', { schema }, async () => ({}))
