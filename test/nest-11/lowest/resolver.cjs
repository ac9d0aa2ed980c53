module.exports = require('../packages-of.cjs')(__dirname);
