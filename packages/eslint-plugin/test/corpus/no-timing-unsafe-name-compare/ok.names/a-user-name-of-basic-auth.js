const auth = require('basic-auth')

module.exports = (req, userName) => {
  const credentials = auth(req)
  return credentials !== undefined && credentials.name === userName
}
