const { env } = require('process')

module.exports = { password: env.LDAP_BIND_PASSWORD }
