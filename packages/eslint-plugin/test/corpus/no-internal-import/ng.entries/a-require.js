const { toMs } = require('@rekey/rekey/internal')
module.exports = toMs
