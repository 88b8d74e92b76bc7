const { ObjectId } = require('mongodb')

exports.invite = (email) => ({ email, inviteToken: new ObjectId().toHexString() })
