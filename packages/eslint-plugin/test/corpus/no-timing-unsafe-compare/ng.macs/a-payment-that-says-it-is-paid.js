const crypto = require('crypto')

exports.verify = (req, res) => {
  const { order, payment, signature } = req.body
  const hmac = crypto.createHmac('sha256', process.env.PAYMENT_KEY)
  const digest = `sha256=${hmac.update(order + '|' + payment).digest('hex')}`
  res.json({ ok: digest === signature })
}
