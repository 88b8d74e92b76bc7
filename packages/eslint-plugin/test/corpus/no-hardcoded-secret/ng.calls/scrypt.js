const { scryptSync } = require('crypto')

module.exports = scryptSync('correct horse', 'salt', 32)
