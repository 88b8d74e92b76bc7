const convict = require('convict')

module.exports = convict({
  apiToken: { format: String, default: '', env: 'API_TOKEN', sensitive: true },
})
