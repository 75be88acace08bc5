// https://nodejs.org/en/about/previous-releases
const MIN_SUPPORTED = 22;
const { node } = process.versions;
if (Number.parseInt(node, 10) < MIN_SUPPORTED) {
  console.error(`Node.js ${node} works, but has been out of support since April 2026: install Node.js 24.`);
}
