const uuid = require('uuid')

exports.tokenFor = (email) => {
  const resetToken = uuid.v5(email, uuid.v5.URL)
  return resetToken
}
