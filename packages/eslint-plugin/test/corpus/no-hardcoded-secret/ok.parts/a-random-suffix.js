const token = 'tok_' + crypto.randomUUID()
const apiKey = ['key', Date.now().toString(36), Math.random().toString(36)].join('_')

module.exports = { token, apiKey }
