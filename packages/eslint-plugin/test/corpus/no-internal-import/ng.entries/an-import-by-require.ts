import internal = require('@rekey/rekey/internal')
export = internal
