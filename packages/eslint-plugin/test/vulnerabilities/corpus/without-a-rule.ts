// ---- hadron
// https://github.com/brainhubeu/hadron/issues/40 CWE-347
// The middleware reads the user from a token whose signature it does not verify.
// missed
// No rule looks at tokens that are decoded and not verified.
import * as jwt from 'jsonwebtoken'

export const isAuthorized = async (token: string, findUser: (id: string) => Promise<unknown>) => {
  const decoded = jwt.decode(token) as { id: string } | null
  if (!decoded) return false
  return Boolean(await findUser(decoded.id))
}

// ---- hadron-fixed
import * as jwt from 'jsonwebtoken'

export const isAuthorized = async (token: string, findUser: (id: string) => Promise<unknown>) => {
  const decoded = jwt.verify(token, process.env.JWT_SECRET!, { algorithms: ['HS256'] }) as { id: string }
  return Boolean(await findUser(decoded.id))
}

// ---- checkmate.js
// https://github.com/bluewave-labs/Checkmate/issues/269 CWE-347
// The owner of a request is read from a token that is only decoded.
// missed
// No rule looks at tokens that are decoded and not verified.
const jwt = require('jsonwebtoken')
const { getTokenFromHeaders } = require('../utils/utils')

const getMonitorsByOwner = async (req, res) => {
  const token = getTokenFromHeaders(req.headers)
  const { _id } = jwt.decode(token)
  const monitors = await req.db.getMonitorsByUserId(_id)
  return res.status(200).json({ success: true, data: monitors })
}

module.exports = { getMonitorsByOwner }

// ---- checkmate-fixed.js
const jwt = require('jsonwebtoken')
const { getTokenFromHeaders } = require('../utils/utils')

const getMonitorsByOwner = async (req, res) => {
  const token = getTokenFromHeaders(req.headers)
  const { _id } = jwt.verify(token, process.env.JWT_SECRET, { algorithms: ['HS256'] })
  const monitors = await req.db.getMonitorsByUserId(_id)
  return res.status(200).json({ success: true, data: monitors })
}

module.exports = { getMonitorsByOwner }
