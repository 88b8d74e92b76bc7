const { apiKeyTo } = require('@rekey/api-key-auth')
module.exports = { signing: apiKeyTo('signing') }
