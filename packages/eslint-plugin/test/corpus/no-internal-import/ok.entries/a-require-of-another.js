module.exports = require('@rekey/rekey').internal
