// The page of an evaluation that is not done yet: asks its twin and shows the page anew when something changed.
const address = `${location.pathname}.json`;
let last = '';

async function ask() {
  const answer = await fetch(address, { headers: { accept: 'application/json' } });
  if (!answer.ok) return location.reload();
  const { state, begun, total } = await answer.json();
  const now = [state, begun, total].join();
  if (last !== '' && now !== last) return location.reload();
  last = now;
  return setTimeout(ask, 1000);
}
ask();
