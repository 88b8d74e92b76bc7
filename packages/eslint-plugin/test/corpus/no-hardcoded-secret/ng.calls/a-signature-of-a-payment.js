const crypto = require('crypto')

app.post('/verify', (req, res) => {
  const expected = crypto
    .createHmac('sha256', 'RANDOM_ALNUM_24')
    .update(`${req.body.orderId}|${req.body.paymentId}`)
    .digest('hex')
  res.json({ ok: expected === req.body.signature })
})
