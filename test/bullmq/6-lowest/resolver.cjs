module.exports = require('../../nest-11/packages-of.cjs')(__dirname);
