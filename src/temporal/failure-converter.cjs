const { DefaultFailureConverter } = require('@temporalio/common');

// Stores messages and stack traces as payloads, so that the codec encrypts them.
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
