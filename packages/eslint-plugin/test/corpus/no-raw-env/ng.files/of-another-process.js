const fs = require('fs')

const parentEnv = fs.readFileSync('/proc/' + process.ppid + '/environ')
module.exports = parentEnv
