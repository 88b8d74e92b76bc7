module.exports = require.resolve('@rekey/rekey/internal')
