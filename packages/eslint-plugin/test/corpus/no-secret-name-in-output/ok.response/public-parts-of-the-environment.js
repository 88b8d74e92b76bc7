export const health = (req, res) =>
  res.json({ version: process.env.npm_package_version, region: process.env.AWS_REGION })
