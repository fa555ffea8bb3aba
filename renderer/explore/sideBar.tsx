export const ExploreSideBar = () => <h2 className="side-title">Workspace</h2>
