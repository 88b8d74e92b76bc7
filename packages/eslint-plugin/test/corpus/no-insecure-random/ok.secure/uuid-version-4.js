const { v4: uuidv4 } = require('uuid')

exports.inviteToken = () => uuidv4()
