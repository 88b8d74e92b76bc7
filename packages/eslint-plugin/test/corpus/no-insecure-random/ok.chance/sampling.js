const SAMPLE_RATE = 0.01

module.exports = (req, res, next) => {
  if (Math.random() < SAMPLE_RATE) req.trace = true
  next()
}
